import { getEventListeners } from 'node:events'

/** How much a signal keeps: its listeners, and the signals that `AbortSignal.any` made of it, which Node counts apart. */
export function leftAtSignal(signal: AbortSignal): number {
  const symbols = Object.getOwnPropertySymbols(signal).filter(({ description }) => description === 'kDependantSignals')
  const sets = symbols.map((symbol) => (signal as unknown as Record<symbol, { readonly size: number } | null>)[symbol])
  return sets.reduce((sum, set) => sum + (set?.size ?? 0), getEventListeners(signal, 'abort').length)
}
