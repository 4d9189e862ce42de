import fs from 'node:fs'
import path from 'node:path'
import type { Move } from './scripted-model.js'

/** Where a program runs. */
export interface RunPlace {
  readonly home: string
  /** The top of the working tree. */
  readonly tree: string
}

/** How a real agent program is pointed at a scripted model, and what its tools are called. */
export interface RealProgram {
  /** As `muse-coord setup` calls it. */
  readonly name: string
  readonly arguments: readonly string[]
  environment(url: string): Readonly<Record<string, string>>
  /** Writes the settings that it wants in its home. */
  prepare?(place: RunPlace, url: string): void
  /** Writes over `src/a.ts`, which says `a`. */
  overwrite(tree: string): Move
  create(tree: string, file: string): Move
  shell(command: string): Move
}

const claude: RealProgram = {
  name: 'claude',
  arguments: ['-p', 'go', '--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'],
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'x',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  }),
  overwrite: (tree) => ({ tool: 'Write', input: { file_path: path.join(tree, 'src/a.ts'), content: 'BAD\n' } }),
  create: (tree, file) => ({ tool: 'Write', input: { file_path: path.join(tree, file), content: 'new\n' } }),
  shell: (command) => ({ tool: 'Bash', input: { command, description: 'x' } }),
}

const codex: RealProgram = {
  name: 'codex',
  arguments: ['exec', '--dangerously-bypass-hook-trust', 'go'],
  environment: () => ({}),
  prepare({ home, tree }, url) {
    fs.mkdirSync(path.join(home, '.codex'), { recursive: true })
    // It knows this model, and gives it the tool that applies patches.
    const settings = `model = "gpt-5.5"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
[projects."${tree}"]
trust_level = "trusted"
`
    fs.writeFileSync(path.join(home, '.codex/config.toml'), settings)
  },
  overwrite: () => patch('*** Update File: src/a.ts\n@@\n-a\n+BAD'),
  create: (_tree, file) => patch(`*** Add File: ${file}\n+new`),
  shell: (cmd) => ({ tool: 'exec_command', input: { cmd } }),
}

const copilot: RealProgram = {
  name: 'copilot',
  arguments: ['-p', 'go', '--allow-all-tools'],
  environment: (url) => ({
    COPILOT_OFFLINE: 'true',
    COPILOT_ALLOW_ALL: 'true',
    COPILOT_PROVIDER_TYPE: 'anthropic',
    COPILOT_PROVIDER_BASE_URL: url,
    COPILOT_PROVIDER_API_KEY: 'x',
    COPILOT_MODEL: 'claude-sonnet-4.5',
  }),
  overwrite: (tree) => ({ tool: 'edit', input: { path: path.join(tree, 'src/a.ts'), old_str: 'a', new_str: 'BAD' } }),
  create: (tree, file) => ({ tool: 'create', input: { path: path.join(tree, file), file_text: 'new\n' } }),
  shell: (command) => ({ tool: 'bash', input: { command, description: 'x' } }),
}

const gemini: RealProgram = {
  name: 'gemini',
  arguments: ['-m', 'gemini-2.5-pro', '-p', 'go', '--yolo'],
  environment: (url) => ({
    GEMINI_API_KEY: 'x',
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  prepare({ home }) {
    const file = path.join(home, '.gemini/settings.json')
    // Hooks of the user stand in the same file.
    const known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {}
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, JSON.stringify({ ...known, security: { auth: { selectedType: 'gemini-api-key' } } }))
  },
  overwrite: (tree) => ({ tool: 'write_file', input: { file_path: path.join(tree, 'src/a.ts'), content: 'BAD\n' } }),
  create: (tree, file) => ({ tool: 'write_file', input: { file_path: path.join(tree, file), content: 'new\n' } }),
  shell: (command) => ({ tool: 'run_shell_command', input: { command, description: 'x' } }),
}

const opencode: RealProgram = {
  name: 'opencode',
  arguments: ['run', '-m', 'anthropic/claude-sonnet-4-5', 'go'],
  environment: () => ({}),
  prepare({ home }, url) {
    const options = { baseURL: `${url}/v1`, apiKey: 'x' }
    const settings = { provider: { anthropic: { options } }, permission: 'allow', autoupdate: false }
    fs.mkdirSync(path.join(home, '.config/opencode'), { recursive: true })
    fs.writeFileSync(path.join(home, '.config/opencode/opencode.json'), JSON.stringify(settings))
  },
  overwrite: (tree) => ({ tool: 'write', input: { filePath: path.join(tree, 'src/a.ts'), content: 'BAD\n' } }),
  create: (tree, file) => ({ tool: 'write', input: { filePath: path.join(tree, file), content: 'new\n' } }),
  shell: (command) => ({ tool: 'bash', input: { command, description: 'x' } }),
}

export const realPrograms = { claude, codex, copilot, gemini, opencode }

function patch(change: string): Move {
  return { custom: 'apply_patch', input: `*** Begin Patch\n${change}\n*** End Patch\n` }
}
