/** What a command's document tells of records, without what differs from store to store: ids and moments. */
type Answer = (stdout: string) => unknown

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Some fields of each of a list. */
function rows(list: string, ...fields: readonly string[]): Answer {
  return (stdout) => {
    const listed = (JSON.parse(stdout) as Readonly<Record<string, Rows>>)[list] ?? []
    return listed.map((row) => fields.map((field) => row[field]).join(' ')).sort()
  }
}

export const heldIn = rows('holds', 'kind', 'what', 'run_id')
export const eventsIn = rows('events', 'kind', 'run_id')
export const tasksIn = rows('tasks', 'task_id', 'status')
export const recordsIn = rows('records', 'kind', 'record_id', 'run_id')
export const nodesIn = rows('nodes', 'kind', 'state', 'label')

export function countsIn(stdout: string): unknown {
  const { active_reservations: reservations, intents } = JSON.parse(stdout) as Record<string, unknown>
  return { reservations, intents }
}

export function isDenied(stdout: string): boolean {
  return stdout.includes('"deny"')
}
