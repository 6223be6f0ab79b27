// Judges the page that is shown: axe without a violation, no sideways scrolling at 320 px, one h1, valid HTML, the language of the
// address; and photographs it. Each distinct page is judged once per language and width.
import { AxeBuilder } from '@axe-core/playwright'
import { HtmlValidate } from 'html-validate'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './stage.mjs'

export const pictures = join(here, 'pictures')
rmSync(pictures, { recursive: true, force: true })
mkdirSync(pictures, { recursive: true })

export const findings = []
export const judged = new Set()
const unsettled = new Map() // what axe could not decide: rule → where

// Rules about white space and about styles of writing the same thing are off; what a reader or a machine would meet is on.
const html = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'no-trailing-whitespace': 'off', 'void-style': 'off', 'doctype-style': 'off', 'attribute-boolean-style': 'off', 'attribute-empty-style': 'off',
    'no-raw-characters': 'off', 'long-title': 'off', 'tel-non-breaking': 'off', // "&" in addresses, titles of the law, numbers that are not telephones
    'no-implicit-button-type': 'off', // our simulators' single buttons submit
    'valid-id': ['error', { relaxed: true }], // HTML allows the dot of field.email
    'autocomplete-password': 'off', // the PIN of a card is for no password store
    'no-inline-style': 'error',
  },
})
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const screens = [[360, 740], [1280, 900]]

export async function look(page, name, lang, story) {
  const key = `${name}-${lang}`
  if (judged.has(key)) return
  judged.add(key)
  const found = what => findings.push(`${key} ${new URL(page.url()).pathname} (${story}): ${what}`)
  const sent = await page.evaluate(() => document.documentElement.outerHTML) // before photographing hides the caret by a style
  for (const [width, height] of screens) {
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: join(pictures, `${key}-${width}.png`), fullPage: true, animations: 'disabled' })
    const axe = await new AxeBuilder({ page }).options({ resultTypes: ['violations', 'incomplete'] }).withTags(tags).setLegacyMode().analyze() // no frames: no second page to gather in
    for (const v of axe.violations) found(`${width} px: axe ${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`)
    for (const v of axe.incomplete) for (const n of v.nodes) undecided(v.id, n, key)
  }
  await page.setViewportSize({ width: 320, height: 700 })
  const facts = await page.evaluate(() => ({
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang, dir: document.documentElement.dir,
    keys: (document.body.innerText.match(/\{\w+\}|\b[a-z]+\.[a-z_]+\.[a-z_]+\b(?!\/)/g) || []).filter(w => !/example|localhost|gov\.ma/.test(w)),
  }))
  await page.setViewportSize({ width: 1280, height: 900 })
  if (facts.over > 0) found(`scrolls sideways by ${facts.over} px at 320 px`)
  if (facts.h1 !== 1) found(`${facts.h1} h1`)
  if (facts.lang !== lang || facts.dir !== (lang === 'ar' ? 'rtl' : 'ltr')) found(`lang ${facts.lang}, dir ${facts.dir}`)
  if (facts.keys.length) found(`a key or a gap instead of a text: ${facts.keys.slice(0, 3)}`)
  const report = await html.validateString('<!DOCTYPE html>' + sent)
  for (const m of report.results.flatMap(r => r.messages)) found(`html ${m.ruleId}: ${m.message}`)
}

function undecided(rule, node, key) {
  const what = `${rule}: ${node.target.join(' ').replace(/\d+/g, 'n')}`
  if (!unsettled.has(what)) unsettled.set(what, { pages: new Set(), why: node.any[0]?.message || node.all[0]?.message || node.none[0]?.message })
  unsettled.get(what).pages.add(key)
}

export function writeUnsettled() {
  const rows = [...unsettled].map(([what, { pages, why }]) => `${what}\n    ${why}\n    ${[...pages].join(' ')}`)
  writeFileSync(join(pictures, 'unsettled.txt'), rows.join('\n') + '\n')
}

// budget measures a first visit with an empty cache: bytes on the wire, requests, and how much the layout moved.
export async function budget(browser, url, name, state) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, storageState: state })
  const page = await context.newPage()
  await page.addInitScript(() => {
    window.moved = 0
    new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved += e.value }).observe({ type: 'layout-shift', buffered: true })
  })
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  const kinds = new Map(), got = { bytes: 0, fonts: 0, requests: 0 }
  cdp.on('Network.responseReceived', e => kinds.set(e.requestId, e.type))
  cdp.on('Network.loadingFinished', e => {
    got.bytes += e.encodedDataLength
    got.requests++
    if (kinds.get(e.requestId) === 'Font') got.fonts += e.encodedDataLength
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  got.cls = await page.evaluate(() => window.moved)
  await context.close()
  const limits = { bytes: 100 * 1024, fonts: 65 * 1024, requests: 8, cls: 0.02 }
  for (const [what, limit] of Object.entries(limits)) if (got[what] > limit) findings.push(`${name}: first visit ${what} ${got[what]}, allowed ${limit}`)
  return `${(got.bytes / 1024).toFixed(1)} KB (fonts ${(got.fonts / 1024).toFixed(1)}), ${got.requests} requests, CLS ${got.cls.toFixed(3)}`
}
