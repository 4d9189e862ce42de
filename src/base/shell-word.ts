const PLAIN = /^[\w@%+=:,./-]+$/

/**
 * A text as one word of a POSIX shell, quoted where it has to be. Every path and id in a command that somebody is told to run
 * passes through this: whoever pushes a record or shares a repository chooses names of files.
 */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
