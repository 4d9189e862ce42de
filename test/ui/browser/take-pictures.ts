/**
 * `npm run pictures [-- DIRECTORY]`: takes the pictures that the README shows, in light and dark. With a directory it takes every
 * page there, also narrow and wide, for whoever changes how they look.
 */
import path from 'node:path'
import { openBrowser } from './open-browser.js'
import { playScene } from './scene.js'

const [directory] = process.argv.slice(2)
const SHOWN = { now: '/', holds: '/holds' }
const ALL = { ...SHOWN, timeline: '/timeline', tasks: '/tasks', why: '/why?id=src/parser/parse.ts' }

const scene = await playScene()
try {
  const link = await scene.serve()
  const browser = await openBrowser()
  const take = async (address: string, width: number, colorScheme: 'light' | 'dark', file: string) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: width === 360 ? 740 : 660 } })
    await page.goto(link)
    await page.goto(new URL(address, link).href)
    await page.screenshot({ path: file, fullPage: true })
    await page.close()
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    if (directory === undefined) {
      for (const [name, address] of Object.entries(SHOWN))
        await take(address, 1280, colorScheme, path.resolve('test/ui/pictures', `${name}-${colorScheme}.png`))
      continue
    }
    for (const width of [360, 1280, 2560]) {
      for (const [name, address] of Object.entries(ALL))
        await take(address, width, colorScheme, path.resolve(directory, `${name}-${width}-${colorScheme}.png`))
    }
  }
  await browser.close()
} finally {
  await scene.close()
}
