import type { JsonObject, Session } from '../../src/plugin.js'

/** An object in JSON Schema 2020-12. */
export interface ObjectSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
}

/**
 * A thing that a model can ask for. A tool reads its input, calls one function and returns what that returned. What a model has
 * to expect, such as that another run holds a file, is an answer with a `status`; what went wrong is thrown.
 *
 * @typeParam Input what {@link Tool.input} lets through
 */
export interface Tool<Input = unknown> {
  /** Some clients show the tools of all servers in one list. */
  readonly name: `coord_${string}`
  readonly title: string
  /** Two sentences at most: it is in the context of the model all the time. */
  readonly description: string
  readonly input: ObjectSchema
  /** In the spelling of JSON. More fields than these may come. */
  readonly output: ObjectSchema
  /** Whether it changes nothing. */
  readonly readsOnly: boolean
  /** The answer in the spelling of TypeScript. Throws `CoordError`. */
  call(session: Session, input: Input): Promise<object>
}

/** Says nothing but the type of a tool; whoever serves it has checked the input against its schema. */
export function defineTool<Input extends object>(tool: Tool<Input & JsonObject>): Tool {
  return tool as Tool
}
