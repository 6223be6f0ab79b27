// Starts a demonstration on free ports without playing its journeys, and stops it again.
import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = dirname(fileURLToPath(import.meta.url))
const wasl = process.env.WASL_BIN ?? join(here, '../../bin/wasl')

export async function stage() {
  const dir = mkdtempSync(join(tmpdir(), 'wasl-browser-'))
  const file = join(dir, 'stage.json')
  const data = join(dir, 'data')
  const child = spawn(wasl, ['demo', '--idle', '--free', '--data', data, '--describe', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', b => { said += b })
  child.stderr.on('data', b => { said += b })
  const over = new Promise(resolve => child.on('exit', resolve))
  process.on('exit', () => child.kill('SIGINT')) // an interrupted run leaves nothing behind
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
  for (let i = 0; !existsSync(file) || readFileSync(file, 'utf8').slice(-2) !== '}\n'; i++) {
    if (child.exitCode !== null || i > 900) throw new Error('the demonstration did not start:\n' + said)
    await new Promise(r => setTimeout(r, 100))
  }
  const at = JSON.parse(readFileSync(file, 'utf8'))
  return {
    ...at,
    who: key => at.people.find(p => p.key === key) ?? {}, // nobody in particular: a passer-by
    shift: days => execFileSync(wasl, ['shift', '--data', data, '--days', String(days)]),
    async stop() {
      child.kill('SIGINT')
      await over
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
