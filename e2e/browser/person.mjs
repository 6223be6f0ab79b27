// A person at a real browser. Every page shown is judged: axe without a violation at phone and desktop width, no sideways
// scrolling at 320 px, one h1, valid HTML, the language of the address, bytes within the budget; and photographed.
import { chromium } from 'playwright-core'
import { AxeBuilder } from '@axe-core/playwright'
import { HtmlValidate } from 'html-validate'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './stage.mjs'

const pictures = join(here, 'pictures')
mkdirSync(pictures, { recursive: true })

const html = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: { 'no-inline-style': 'error', 'long-title': 'off', 'no-trailing-whitespace': 'off', 'void-style': 'off', 'doctype-style': 'off',
    'attribute-boolean-style': 'off', 'no-implicit-button-type': 'off', 'attribute-empty-style': 'off', 'no-raw-characters': 'off',
    'prefer-native-element': 'off', 'tel-non-breaking': 'off', 'text-content': 'off', 'svg-focusable': 'off', 'no-redundant-role': 'off' },
})

let browser
export const findings = []
export const unsettled = new Map() // what axe could not decide, by rule

export async function open() {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
    '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
}
export const close = () => browser.close()

export class Person {
  static async enter(world, key, lang, story) {
    const p = new Person()
    Object.assign(p, { world, lang, story, n: 0, ...world.who(key) })
    p.context = await browser.newContext({ locale: lang === 'ar' ? 'ar-MA' : 'fr-MA', viewport: { width: 1280, height: 900 }, acceptDownloads: true })
    p.page = await p.context.newPage()
    p.page.on('pageerror', e => findings.push(`${p.where()}: script error: ${e.message}`))
    p.page.on('console', m => { if (m.type() === 'error' && !/status of 4/.test(m.text())) findings.push(`${p.where()}: console: ${m.text()}`) })
    return p
  }
  where() { return `${this.story} ${this.lang} ${this.n} ${new URL(this.page.url() || 'about:blank').pathname}` }
  leave() { return this.context.close() }

  async go(path) { await this.page.goto(`${this.world.portal}/${this.lang}${path}`); }
  async click(selector) {
    await Promise.all([this.page.waitForLoadState('load'), this.page.locator(selector).first().click()])
    await this.page.waitForLoadState('load')
  }
  fill(selector, value) { return this.page.locator(selector).first().fill(value) }
  has(selector) { return this.page.locator(selector).first().isVisible().catch(() => false) }

  // look judges and photographs the page that is shown.
  async look(name) {
    this.n++
    const file = join(pictures, `${this.story}-${this.lang}-${String(this.n).padStart(2, '0')}-${name}`)
    for (const [width, height] of [[360, 740], [1280, 900]]) {
      await this.page.setViewportSize({ width, height })
      await this.page.screenshot({ path: `${file}-${width}.png`, fullPage: true })
      const axe = await new AxeBuilder({ page: this.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
      for (const v of axe.violations) findings.push(`${this.where()} (${name}, ${width} px): axe ${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | ')}`)
      for (const v of axe.incomplete) unsettled.set(v.id, (unsettled.get(v.id) || 0) + v.nodes.length)
    }
    await this.page.setViewportSize({ width: 320, height: 700 })
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 0) findings.push(`${this.where()} (${name}): scrolls sideways by ${over} px at 320 px`)
    await this.page.setViewportSize({ width: 1280, height: 900 })
    const facts = await this.page.evaluate(() => ({ h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang, dir: document.documentElement.dir }))
    if (facts.h1 !== 1) findings.push(`${this.where()} (${name}): ${facts.h1} h1`)
    if (facts.lang !== this.lang || facts.dir !== (this.lang === 'ar' ? 'rtl' : 'ltr')) findings.push(`${this.where()} (${name}): lang ${facts.lang}, dir ${facts.dir}`)
    const report = await html.validateString(await this.page.content())
    for (const m of report.results.flatMap(r => r.messages)) findings.push(`${this.where()} (${name}): html ${m.ruleId}: ${m.message}`)
    return `${file}-1280.png`
  }

  async layCard() {
    const drawer = await this.context.newPage()
    await drawer.goto(this.world.drawer)
    const row = drawer.locator('tr', { hasText: this.serial })
    if (await row.locator('form[action="/insert"]').count()) await row.locator('button').click()
    await drawer.close()
    await new Promise(r => setTimeout(r, 500))
  }

  // login goes from wherever the page leads to identity, shows the card and types the PIN.
  async login(look) {
    await this.layCard()
    await this.go('/login?return=/')
    if (look) await this.look('login')
    for (let i = 0; i < 8 && !this.page.url().startsWith(this.world.portal); i++) {
      if (this.page.url().startsWith(this.world.connector)) {
        await this.fill('input[name=pin]', this.pin)
        await this.click('form:has(input[name=pin]) button')
      } else if (await this.has('form:has(input[name=nonce]) button')) {
        await this.click('form:has(input[name=nonce]) button')
      } else if (await this.has('button[name=decision][value=allow]')) {
        if (look) await this.look('consent')
        await this.click('button[name=decision][value=allow]')
      } else {
        await this.click('main a.button, main a[href*=card]')
      }
    }
    if (!this.page.url().startsWith(this.world.portal)) throw new Error(`${this.where()}: not logged in`)
  }
}

export function judge() {
  writeFileSync(join(pictures, 'unsettled.json'), JSON.stringify(Object.fromEntries(unsettled), null, 2))
  for (const f of findings) console.log('FOUND ' + f)
  return findings.length
}
