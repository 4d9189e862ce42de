/** Environment variables, as a process has them; a program may hand over its own. */
export type Environment = Readonly<Record<string, string | undefined>>
