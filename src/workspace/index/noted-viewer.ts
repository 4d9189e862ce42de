import type { Viewer } from '../viewer.js'
import type { IndexDatabase } from './index-database.js'

/** From whose side the records were judged whose ends depended on that; `null`: no end did. */
function notedViewer(database: IndexDatabase): string | null {
  const row = database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'viewer'`)
  return row === undefined ? null : String(row.value)
}

/** Whether ends were judged from another side than this one: somebody has another identity by now. */
export function isAnothersView(database: IndexDatabase, viewer: Viewer): boolean {
  const noted = notedViewer(database)
  return noted !== null && noted !== textOf(viewer)
}

export function noteViewer(database: IndexDatabase, viewer: Viewer): void {
  database.run(`INSERT OR REPLACE INTO meta VALUES ('viewer', ?)`, textOf(viewer))
}

function textOf({ handle, owner }: Viewer): string {
  return JSON.stringify([handle, owner])
}
