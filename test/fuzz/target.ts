/** Something that takes bytes from files, the network, an agent or a person. */
export interface Target {
  readonly name: string
  /** Inputs as they should be; the others are made of them. */
  readonly seeds: readonly string[]
  /** Words that mean something in such an input. */
  readonly words: readonly string[]
  /** Gets it ready in a directory of its own, which has nothing else in it. */
  start(directory: string): Promise<Attacked>
}

export interface Attacked {
  /** Takes one input. Throws where a promise is broken; what was refused in a sentence is none. */
  take(input: Buffer): Promise<void>
  close(): Promise<void>
}
