import type { AgentFile } from '../../src/plugin.js'
import { isOwnEntry } from './hook-line.js'
import { restOfDocument } from './json-document.js'
import { addEntries, removeEntries } from './json-entries.js'
import { addMember, removeMember } from './json-member.js'
import { addTable, removeTable } from './toml-table.js'

/**
 * The text of a file of an agent program with our part in it. `null`: it is not what such a file has to be.
 *
 * @param text `null`: there is no file
 */
export function withOurPart(text: string | null, file: AgentFile): string | null {
  switch (file.form) {
    case 'whole':
      return file.text
    case 'entries':
      return addEntries(text, file.entries, isOwnEntry)
    case 'member':
      return addMember(text, file.names, file.value)
    case 'table':
      return addTable(text, file.names, file.values)
  }
}

/** The same without our part. `null`: the file was made for it alone; `undefined`: it is not what such a file has to be. */
export function withoutOurPart(text: string | null, file: AgentFile): string | null | undefined {
  if (text === null || file.form === 'whole') return null
  if (file.form === 'table') return removeTable(text)
  // A document of nothing is none: there is nothing of ours in it.
  if (text.trim() === '') return text
  const rest = file.form === 'entries' ? removeEntries(text, isOwnEntry) : removeMember(text, file.names)
  return rest === null ? undefined : rest === text ? text : restOfDocument(rest)
}
