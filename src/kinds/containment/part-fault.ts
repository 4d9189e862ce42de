/** By the end of its token's name: the functions that a part has to have. Others are asked for what they have only. */
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  holder: ['acquire'],
  'status-part': ['read'],
  'doctor-check': ['examine'],
  'keeper-duty': ['perform'],
}

/** Why a part cannot be used, as the rest of a sentence about its plugin; `null`: it can. */
export function partFault(token: symbol, part: unknown): string | null {
  const [, name = ''] = /^muse-coord\.(.+)$/.exec(token.description ?? '') ?? []
  // The container gives nothing back for it, and whoever asks then could not tell whose it is.
  if (part === null || part === undefined) return `it registers ${part} under ${String(token)}`
  const missing = (FUNCTIONS[name] ?? []).filter((one) => typeof Object(part)[one] !== 'function')
  return missing.length === 0 ? null : `its ${name.replaceAll('-', ' ')} has no function ${missing.join(', ')}`
}
