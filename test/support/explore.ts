/** Something that can happen: what it is called, which is asked only on the way to a fault, and the state after it. */
export type Step<State> = readonly [label: string | (() => string), next: State]

/** What may happen in any order. States are plain data: two that are spelt alike are one. */
export interface Model<State> {
  readonly start: State
  /** All that can happen next; nothing: the end. */
  steps(state: State): Iterable<Step<State>>
  /** What must not be, in a sentence; `null`: nothing of the kind. */
  fault(state: State): string | null
}

export interface Exploration {
  /** `null`: no state that can be reached has one. */
  readonly fault: string | null
  /** The shortest way to it. */
  readonly trace: readonly string[]
  readonly states: number
}

/** Goes through every order in which things can happen, the shortest first. Throws where there are more states than allowed. */
export function explore<State>(model: Model<State>, maxStates = 500_000): Exploration {
  type Node = { readonly state: State; readonly label: Step<State>[0]; readonly before: Node | null }
  const seen = new Set([JSON.stringify(model.start)])
  let level: Node[] = [{ state: model.start, label: '', before: null }]
  while (level.length > 0) {
    const next: Node[] = []
    for (const node of level) {
      for (const [label, state] of model.steps(node.state)) {
        const key = JSON.stringify(state)
        if (seen.has(key)) continue
        seen.add(key)
        const reached = { state, label, before: node }
        const fault = model.fault(state)
        if (fault !== null) return { fault, trace: labelsTo(reached), states: seen.size }
        next.push(reached)
      }
      if (seen.size > maxStates) throw new RangeError(`more than ${maxStates} states`)
    }
    level = next
  }
  return { fault: null, trace: [], states: seen.size }
}

function labelsTo(node: { label: Step<unknown>[0]; before: unknown }): string[] {
  const labels: string[] = []
  for (let at: typeof node | null = node; at !== null && at.label !== ''; at = at.before as typeof node | null) {
    labels.unshift(typeof at.label === 'string' ? at.label : at.label())
  }
  return labels
}
