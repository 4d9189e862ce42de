import { spawn } from 'node:child_process'

/** The programs by which systems open a link; the others have `xdg-open`. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer.exe' }

/**
 * Opens a link in the browser of this machine's user, and does not wait for it.
 *
 * @param onFault called where there is no program that does it
 */
export function openLink(link: string, onFault: (error: Error) => void): void {
  const child = spawn(OPENERS[process.platform] ?? 'xdg-open', [link], { stdio: 'ignore', detached: true })
  child.on('error', onFault)
  child.unref()
}
