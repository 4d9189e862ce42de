import type { Checked } from './check.js'
import { conflictText, heldCure } from './texts.js'

/** As `CommandResult`. */
export interface CheckAnswer {
  readonly result: Checked & { readonly hint: string | null }
  readonly text: string
  readonly exitCode?: number
}

/** @param columns see `table` */
export function answerOf(checked: Checked, columns: number): CheckAnswer {
  const { status, addresses, outside, holders } = checked
  if (status === 'held') {
    const hint = heldCure(holders)
    return {
      result: { ...checked, hint },
      text: `❌ Held:\n${conflictText(holders, columns)}\n   ${hint}`,
      exitCode: 6,
    }
  }
  const text = status === 'free' ? '✅ Free' : '⚠️  Not known to be held'
  return { result: { ...checked, hint: null }, text: `${text}: ${[...addresses, ...outside].join(' ')}` }
}
