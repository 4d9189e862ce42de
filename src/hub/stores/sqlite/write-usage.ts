import type { UsageGrowth } from '../usage.js'
import type { Statements } from './statements.js'

/** Adds to what handles have, inside the transaction that writes or removes it. */
export function writeUsage(statements: Statements, growth: UsageGrowth): void {
  for (const { handle, records, bytes } of growth.entries()) statements.addUsage.run(handle, records, bytes)
}
