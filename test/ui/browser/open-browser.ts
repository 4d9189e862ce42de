import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { browserDirectory, browserModule } from './cache.mjs'

/** Why there is no browser here; `null`: there is one. */
export function browserMissing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the packaged browser is one for Linux on x64'
  return browserModule() === null ? 'no browser is installed: npm run test:browser' : null
}

/** A browser with every check that a person's has. Throws where {@link browserMissing} says why. */
export async function openBrowser(): Promise<Browser> {
  const before = process.env.TMPDIR
  // Unpacked once, beside its package and not in the machine's temporary directory.
  process.env.TMPDIR = browserDirectory()
  try {
    const { default: packaged } = await import(pathToFileURL(browserModule() as string).href)
    const executablePath: string = await packaged.executablePath()
    // Not the package's own arguments: they take the web's safeguards out, which are tested here.
    const args = ['--no-sandbox', '--no-zygote', '--font-render-hinting=none', '--disable-gpu']
    return await chromium.launch({ executablePath, args, headless: true })
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
