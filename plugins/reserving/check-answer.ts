import type { Checked } from './check.js'
import { conflictText, heldCure, unknownCure } from './texts.js'

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
  const asked = [...addresses, ...outside].join(' ')
  if (status === 'free') return { result: { ...checked, hint: null }, text: `✅ Free: ${asked}` }
  const hint = unknownCure(checked.unread)
  // Whoever goes on by the exit code alone goes on only where it is free.
  return {
    result: { ...checked, hint },
    text: `⚠️  Not known to be held, nor to be free: ${asked}\n   ${hint}`,
    exitCode: 1,
  }
}
