/** Whether a value of JSON has a text anywhere as a whole: as a value, or as a key. */
export function holdsText(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return value === text
  if (Array.isArray(value)) return value.some((item) => holdsText(item, text))
  return Object.entries(value).some(([key, item]) => key === text || holdsText(item, text))
}
