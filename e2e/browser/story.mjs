// Runs the steps of a story: each is timed and either done or failed; a failed step ends its story.
const count = { passed: 0, failed: 0 }

export async function story(name, tell) {
  try {
    await tell(async (what, act) => {
      const begun = performance.now()
      try {
        const said = await act()
        count.passed++
        console.log(`  ok    ${name}: ${what} (${Math.round(performance.now() - begun)} ms)${typeof said === 'string' ? ' ' + said : ''}`)
      } catch (e) {
        count.failed++
        console.log(`  FAIL  ${name}: ${what}\n        ${e.stack}`)
        throw new Stop()
      }
    })
  } catch (e) {
    if (e instanceof Stop) return
    count.failed++
    console.log(`  FAIL  ${name}: ${e.stack}`)
  }
}
class Stop extends Error {}

export function demand(ok, what) { if (!ok) throw new Error(what) }
export function verdict(ok, what) { ok ? count.passed++ : count.failed++; console.log(`  ${ok ? 'ok  ' : 'FAIL'}  ${what}`) }
export const total = () => count
