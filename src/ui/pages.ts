import type { Page } from './page.js'
import { holdsPage } from './pages/holds.js'
import { nowPage } from './pages/now.js'
import { tasksPage } from './pages/tasks.js'
import { timelinePage } from './pages/timeline.js'
import { whyPage } from './pages/why.js'

/** In the order in which they are linked; the keys 1 to 5 open them. */
export const PAGES: readonly Page[] = [nowPage, holdsPage, timelinePage, tasksPage, whyPage]
