/** Work that is asked for at any time and never runs twice at once: what is asked for meanwhile is one more turn. */
export class Repeater {
  #running: Promise<void> | null = null
  #again = false

  /** @param work must not reject */
  constructor(private readonly work: () => Promise<void>) {}

  /** Asks for a turn that begins after now. */
  ask(): void {
    this.#again = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false
      await this.work()
    }
    this.#running = null
  }
}
