import type { JsonObject } from '../../src/plugin.js'
import { readText } from '../fields.js'

/** What programs call the file that a tool writes. */
const PATH_FIELDS = ['file_path', 'notebook_path', 'path', 'filePath']
/** A heading of the patches that Codex and OpenCode apply. */
const PATCH_HEADING = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm

/** The files that an edit writes, from the input of its tool: one by a field, or those of a patch. */
export function readEditedPaths(input: unknown): readonly string[] {
  const fields = objectOf(input)
  const named = PATH_FIELDS.flatMap((field) => readText(fields[field]) ?? []).slice(0, 1)
  const patch = readText(fields.command) ?? readText(fields.patchText) ?? readText(fields.input) ?? ''
  const patched = Array.from(patch.matchAll(PATCH_HEADING), ([, path = '']) => path.trim())
  return [...new Set([...named, ...patched])].filter((path) => path !== '')
}

/** A value as an object, also where it comes as its text; empty for anything else. */
export function objectOf(value: unknown): JsonObject {
  if (typeof value === 'string') {
    try {
      return objectOf(JSON.parse(value))
    } catch {
      return {}
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
