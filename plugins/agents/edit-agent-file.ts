import type { AgentFile } from '../../src/plugin.js'
import { isOwnEntry } from './hook-line.js'
import { isNothingLeft } from './json-document.js'
import { addEntries, removeEntries } from './json-entries.js'
import { addMember, removeMember } from './json-member.js'
import { addTable, removeTable } from './toml-table.js'

/**
 * The text of a file of an agent program with our part in it. `null`: it is not what such a file has to be.
 *
 * @param text `''` for a file that is not there
 */
export function withOurPart(text: string, file: AgentFile): string | null {
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

/** The same without our part; `''`: the file was made for it alone. */
export function withoutOurPart(text: string, file: AgentFile): string | null {
  if (text === '' || file.form === 'whole') return ''
  const rest = restOf(text, file)
  return rest !== null && isNothingLeft(rest) ? '' : rest
}

function restOf(text: string, file: Exclude<AgentFile, { form: 'whole' }>): string | null {
  switch (file.form) {
    case 'entries':
      return removeEntries(text, isOwnEntry)
    case 'member':
      return removeMember(text, file.names)
    case 'table':
      return removeTable(text)
  }
}
