import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openSession, serveUi } from '../../../src/index.js'
import { cleanUp } from '../../support/clean-up.js'
import { workspaceAt } from '../../workspace/workspace-at.js'
import { browserMissing, openBrowser } from './open-browser.js'
import { playScene, type Scene } from './scene.js'

// A scene is some forty commands.
jest.setTimeout(120_000)

const PATHS = ['/', '/holds', '/timeline', '/tasks', '/why?id=src/parser/parse.ts']
/** Run in the browser, whose language knows no types. */
const MEASURE = readFileSync(path.join(import.meta.dirname, 'measure-page.js'), 'utf8')
const INJECT = `document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "run"' }))`

interface Measured {
  /** Pixels. */
  readonly scrolls: number
  readonly contrast: readonly string[]
}

const missing = browserMissing()

;(missing === null ? describe : describe.skip)(
  `the pages in a browser${missing === null ? '' : ` (${missing})`}`,
  () => {
    let scene: Scene
    let browser: Browser
    let link: string

    beforeAll(async () => {
      scene = await playScene()
      link = await scene.serve()
      browser = await openBrowser()
    })
    afterAll(async () => {
      await browser?.close()
      await scene?.close()
    })

    /** A page that has opened the link, and what its console said. */
    async function opened(options: BrowserContextOptions = {}): Promise<{ page: Page; said: string[] }> {
      const page = await (await browser.newContext(options)).newPage()
      const said: string[] = []
      page.on('console', (message) => said.push(message.text()))
      page.on('pageerror', (error) => said.push(error.message))
      await page.goto(link)
      return { page, said }
    }

    const open = (page: Page, address: string) => page.goto(new URL(address, link).href)
    const sentence = (page: Page) => page.locator('.sentence').textContent()

    // What fits does not depend on the colours.
    it.each([
      ['light', [360, 1280, 2560]],
      ['dark', [1280]],
    ] as const)('are %s, fit their width, and say nothing on the console: %j', async (colorScheme, widths) => {
      for (const width of widths) {
        const { page, said } = await opened({ colorScheme, viewport: { width, height: 800 } })
        for (const address of PATHS) {
          await open(page, address)
          const { scrolls, contrast } = await page.evaluate<Measured>(MEASURE)
          expect({ address, width, scrolls }).toEqual({ address, width, scrolls: 0 })
          expect({ address, contrast }).toEqual({ address, contrast: [] })
        }
        expect(said).toEqual([])
        await page.context().close()
      }
    })

    it('show what changes by themselves, and leave the focus where it is', async () => {
      const { page } = await opened()
      await open(page, '/holds')
      await page.locator('a', { hasText: 'codex-7f3a' }).first().focus()
      scene.gabriel('reserve', 'src/new.ts', '--run-id', 'codex-7f3a')
      await page.locator('code', { hasText: 'new.ts' }).waitFor()
      expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('codex-7f3a')
      await page.context().close()
    })

    it('go by the keyboard', async () => {
      const { page } = await opened()
      for (const [key, address, title] of [
        ['2', '**/holds', 'Who holds what'],
        ['4', '**/tasks', 'Tasks'],
        ['5', '**/why', 'Why'],
      ] as const) {
        await page.keyboard.press(key)
        // Waits for the page's script, which alone knows the keys: a title stands before it.
        await page.waitForURL(address)
        await page.locator('h1', { hasText: title }).waitFor()
      }
      await page.keyboard.press('/')
      await page.keyboard.type('parser')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/why?id=parser')
      expect(await sentence(page)).toContain('claude-9f2b has it')
      await page.locator('body').click({ position: { x: 1, y: 1 } })
      await page.keyboard.press('[')
      await page.waitForURL('**at=*')
      await page.keyboard.press('n')
      await page.waitForURL('**/why?id=parser')
      await page.context().close()
    })

    it('move through time by the slider, and their link keeps the moment', async () => {
      const { page } = await opened()
      await open(page, '/holds')
      await page.locator('[name=ago]').fill('-600')
      await page.waitForURL('**at=*')
      await page.locator('.past').waitFor()
      expect(await sentence(page)).toContain('0 runs hold 0 things')
      const kept = page.url()
      await page.goto('about:blank')
      await page.goto(kept)
      expect(await sentence(page)).toContain('0 runs hold 0 things')
      await page.context().close()
    })

    it('are read and used without JavaScript', async () => {
      const { page } = await opened({ javaScriptEnabled: false })
      expect(await page.locator('.worth').textContent()).toContain('3 collisions prevented')
      for (const [address, text] of [
        ['/', 'agents alive'],
        ['/holds', 'contested'],
        ['/tasks', 'tasks open'],
      ] as const) {
        await open(page, address)
        expect(await sentence(page)).toContain(text)
      }
      await page.getByRole('button', { name: 'Go' }).click()
      expect(new URL(page.url()).pathname).toBe('/tasks')
      await open(page, '/why')
      await page.locator('input[type=search]').fill('claude-9f2b')
      await page.getByRole('button', { name: 'Tell its story' }).click()
      expect(await sentence(page)).toContain('claude-9f2b holds')
      await page.context().close()
    })

    it('say that they are not live once their server has ended, and go on with the new one', async () => {
      const { root } = await workspaceAt()
      const session = await openSession({ directory: root, env: {} })
      const first = await serveUi(session)
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(first.link)
      const isLive = page.locator('.streaming .live b', { hasText: 'live' })
      await isLive.waitFor()
      expect(await page.locator('#note').isVisible()).toBe(false)
      await first.close()
      await page.locator('#note', { hasText: 'connection to muse-coord ui is lost' }).waitFor()
      expect(await page.locator('.live b').isVisible()).toBe(false)
      expect(await page.locator('.live time').textContent()).toMatch(/^[\d:]{8}$/)
      const second = await serveUi(session, { port: Number(new URL(first.link).port) })
      cleanUp(() => second.close())
      await page.locator('#note', { hasText: 'Open the link that the new one has printed' }).waitFor()
      await (await context.newPage()).goto(second.link)
      await isLive.waitFor()
      expect(await page.locator('#note').isVisible()).toBe(false)
      await context.close()
    })

    it('say that they cannot be renewed where the store is gone, and go on when it is back', async () => {
      const { root } = await workspaceAt()
      const { link: other, close } = await serveUi(await openSession({ directory: root, env: {} }))
      cleanUp(close)
      const page = await (await browser.newContext()).newPage()
      await page.goto(other)
      await page.locator('.streaming').waitFor()
      renameSync(path.join(root, '.muse'), path.join(root, '.away'))
      await page.locator('#note', { hasText: 'cannot be renewed' }).waitFor()
      renameSync(path.join(root, '.away'), path.join(root, '.muse'))
      await page.locator('.streaming .live b').waitFor()
      await page.context().close()
    })

    it('run nothing of what records hold, nor of what somebody puts into the page', async () => {
      const { page, said } = await opened()
      const file = path.join(scene.project, '.muse/coordination/tasks/hostile.json')
      writeFileSync(
        file,
        JSON.stringify({
          task_id: 'hostile',
          title: '<img src=x onerror="document.title=1"><script>document.title=2</script>',
        }),
      )
      await open(page, '/tasks')
      await page.locator('a', { hasText: '<img src=x' }).first().waitFor()
      expect(await page.title()).toBe('Tasks – muse-coord')
      expect(said).toEqual([])
      await page.evaluate(INJECT)
      expect(await page.title()).toBe('Tasks – muse-coord')
      expect(said.join()).toContain('Content Security Policy')
      await page.context().close()
    })
  },
)
