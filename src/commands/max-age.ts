import type { Freshness } from '../workspace/freshness.js'
import type { CommandOption } from './flags.js'

/** Of commands whose answer depends on what others wrote: those that declare it say in `as_of` how fresh that is. */
export const MAX_AGE_OPTION = {
  flag: '--max-age <time>',
  description:
    'Pull first where the last pull is longer ago: 30s, 5m, 0 for always. Refuse where the hub does not answer.',
} as const satisfies CommandOption

/** Whether a command's answer is to say how fresh it is. */
export function tellsFreshness({ options }: { readonly options: readonly CommandOption[] }): boolean {
  return options.some(({ flag }) => flag === MAX_AGE_OPTION.flag)
}

/** For the end of an answer; `''` where there is no hub. */
export function freshnessText({ hub, ageSeconds }: Freshness): string {
  if (hub === null) return ''
  if (ageSeconds === null) return `\n   never pulled from ${hub}: others may hold more (muse-coord sync pull)`
  return `\n   as of ${spanText(ageSeconds)} ago`
}

/** `40 s`, `5 min`, `3 h`. */
export function spanText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / (24 * 3600))} days`
}
