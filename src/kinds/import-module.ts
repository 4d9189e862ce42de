/** Imports a module that no bundle carries. A bundle of its own: one that imports is not run as it was compiled before. */
export function importModule(url: string): Promise<Record<string, unknown>> {
  return import(url)
}
