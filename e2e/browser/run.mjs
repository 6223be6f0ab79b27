// Plays the stories in a real Chromium against bin/wasl and judges every page on the way.
//   node run.mjs            Arabic and French, A, B and C
//   node run.mjs public     only the named stories: public, passport, silence, refusals
import { stage } from './stage.mjs'
import { open, close } from './person.mjs'
import { findings, judged, writeUnsettled } from './judge.mjs'
import { total, verdict } from './story.mjs'
import { everybody } from './public.mjs'
import { passport } from './passport.mjs'
import { silence } from './silence.mjs'
import { blockedCard, refusals } from './refusals.mjs'

const only = process.argv.slice(2)
const wanted = name => !only.length || only.includes(name)
const begun = performance.now()
const world = await stage()
try {
  await open()
  const kept = { ar: {}, fr: {} }
  const people = { ar: 'citizen', fr: 'builder' }
  const both = act => Promise.all(['ar', 'fr'].map(act)) // two cores, two languages
  if (wanted('public')) await both(lang => everybody(world, lang))
  if (wanted('passport') || wanted('refusals')) await both(lang => passport(world, lang, people[lang], kept[lang]))
  if (wanted('refusals')) {
    await both(lang => refusals(world, lang, people[lang], kept[lang]))
    await blockedCard(world, 'fr')
  }
  if (wanted('silence')) await silence(world, people)
} finally {
  await close()
  await world.stop()
}
writeUnsettled()
for (const f of findings) console.log('FOUND ' + f)
verdict(findings.length === 0, `${judged.size} pages judged at 360 and 1280 px: ${findings.length} findings`)
const { passed, failed } = total()
console.log(`${passed} passed, ${failed} failed in ${Math.round((performance.now() - begun) / 1000)} s`)
process.exit(failed ? 1 : 0)
