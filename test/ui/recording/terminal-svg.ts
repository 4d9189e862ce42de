/** What is typed at a prompt, and what it writes. */
export interface Typed {
  readonly prompt: string
  readonly command: string
  readonly output: string
}

/** Letters of a line, as in a terminal of that width. */
const COLUMNS = 112
/** Pixels. */
const LETTER = { width: 8.4, height: 20 }
const MARGIN = 20
const BAR = 36
/** How long a command is looked at before it answers, and its answer before the next one comes. */
const SECONDS = { command: 1, answer: 2.2 }

/** A terminal in which one command after the other is typed; without movement where somebody wants none. */
export function terminalSvg(session: readonly Typed[]): string {
  const lines = session.flatMap(({ prompt, command, output }, index) => {
    const begin = index * (SECONDS.command + SECONDS.answer)
    const typed = folded(`${prompt} $ ${command}`).map((text) => ({ text, at: begin, isTyped: true }))
    const said = output.trimEnd().split('\n').flatMap(folded)
    return [
      ...typed,
      ...said.map((text) => ({ text, at: begin + SECONDS.command, isTyped: false })),
      { text: '', at: begin, isTyped: false },
    ]
  })
  const [width, height] = [
    Math.ceil(COLUMNS * LETTER.width) + MARGIN * 2,
    (lines.length - 1) * LETTER.height + BAR + MARGIN,
  ]
  const texts = lines.flatMap(({ text, at, isTyped }, row) => {
    if (text === '') return []
    const y = BAR + (row + 0.7) * LETTER.height
    return [
      `<text class="${isTyped ? 'typed' : 'said'}" x="${MARGIN}" y="${y}" style="--at:${at.toFixed(1)}s">${escaped(text)}</text>`,
    ]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>A recorded session: two agents on two machines, one hub</title>
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#d6dde6}.typed{fill:#82b4f5;font-weight:bold}.good{fill:#6fd29a}.bad{fill:#ff9a91}
@media (prefers-reduced-motion:no-preference){text{opacity:0;animation:show .1s linear var(--at) forwards}}
@keyframes show{to{opacity:1}}</style>
<rect width="${width}" height="${height}" rx="8" fill="#161c24"/>
<g fill="#3b4654"><circle cx="22" cy="18" r="5"/><circle cx="40" cy="18" r="5"/><circle cx="58" cy="18" r="5"/></g>
${texts.join('\n')}
</svg>
`
}

function folded(line: string): string[] {
  const letters = [...line]
  const parts = Array.from({ length: Math.max(1, Math.ceil(letters.length / COLUMNS)) }, (_, index) => {
    return letters.slice(index * COLUMNS, (index + 1) * COLUMNS).join('')
  })
  return parts
}

/** Not every machine has a font for the signs in colours. */
const MARKS: Readonly<Record<string, string>> = {
  '✅': '<tspan class="good">✓</tspan>',
  '❌': '<tspan class="bad">✗</tspan>',
}

function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)
    .replace(/^[✅❌]/u, (mark) => MARKS[mark] ?? mark)
}
