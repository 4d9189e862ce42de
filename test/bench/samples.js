import { summary } from './statistics.js'

/** What was measured, by row and contender. */
export class Samples {
  #byRow = new Map()

  add(row, contender, value) {
    if (!this.#byRow.has(row.name)) this.#byRow.set(row.name, new Map())
    const byContender = this.#byRow.get(row.name)
    if (!byContender.has(contender)) byContender.set(contender, [])
    byContender.get(contender).push(value)
  }

  /** One entry a contender, in the order of their first sample. */
  of(row) {
    return Array.from(this.#byRow.get(row.name) ?? [], ([{ name, isOurs = false, isFloor = false }, values]) => ({
      name,
      isOurs,
      isFloor,
      ...summary(values),
      samples: values,
    }))
  }
}
