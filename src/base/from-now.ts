const STEPS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** `5m ago`, `in 40s`; `–` for never. Both are milliseconds since 1970. */
export function fromNow(time: number | null, now: number): string {
  if (time === null) return '–'
  const seconds = Math.round((time - now) / 1000)
  const size = Math.abs(seconds)
  const [unit, length] = STEPS.find(([, length]) => size >= length) ?? ['s', 1]
  const text = `${Math.floor(size / length)}${unit}`
  return seconds > 0 ? `in ${text}` : `${text} ago`
}
