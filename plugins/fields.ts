/** Other programs write records too, and nobody has asked the schema: each field is taken for what it is. */
export function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The texts of a list; whatever else stands in its place is none. */
export function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
