// A person at a real browser: goes to pages, types, presses buttons, lays a card on the reader.
import { chromium } from 'playwright-core'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findings, look, pictures } from './judge.mjs'

// One browser for each language. The program itself, not Debian's wrapper, which adds switches of its own.
export const browsers = {}

export async function open() {
  for (const lang of ['ar', 'fr']) browsers[lang] = await chromium.launch({ executablePath: '/usr/lib/chromium/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'] })
}
export const close = () => Promise.all(Object.values(browsers).map(b => b.close()))

// The reader holds one card: logins wait for each other.
let reader = Promise.resolve()

export class Person {
  static async enter(world, key, lang, story) {
    const p = new Person()
    Object.assign(p, { world, lang, story, ...world.who(key) })
    p.context = await browsers[lang].newContext({ locale: lang === 'ar' ? 'ar-MA' : 'fr-MA', viewport: { width: 1280, height: 900 }, acceptDownloads: true, reducedMotion: 'reduce' })
    p.page = await p.context.newPage()
    p.page.setDefaultTimeout(20000)
    p.page.on('pageerror', e => findings.push(`${p.where()}: script error: ${e.message}`))
    // A refusal is a page with its status; the browser notes it as an error of loading, we do not.
    p.page.on('console', m => { if (m.type() === 'error' && !/status of 4(04|09|22)/.test(m.text())) findings.push(`${p.where()}: console: ${m.text()}`) })
    return p
  }
  where() { return `${this.story} ${this.lang} ${this.page.url()}` }
  leave() { return this.context.close() }
  look(name) { return look(this.page, name, this.lang, this.story) }

  address(path) { return `${this.world.portal}/${this.lang}${path}` }
  async go(path) { return (await this.page.goto(this.address(path)))?.status() }
  at(selector) { return this.page.locator(selector).first() }
  fill(selector, value) { return this.at(selector).fill(value) }
  has(selector) { return this.at(selector).isVisible() }
  text() { return this.page.locator('main').innerText() }

  // click presses what leads to another page and waits until that page is there.
  async click(selector) {
    const there = this.page.waitForNavigation({ waitUntil: 'load' })
    await this.at(selector).click()
    await there
  }
  press(value) { return this.click(`button[name=do][value="${value}"]`) }

  // until reloads a page until it offers something: work follows a commit within moments.
  async until(path, selector) {
    for (let i = 0; i < 60; i++) {
      await this.go(path)
      if (await this.page.locator(selector).count()) return
      await new Promise(r => setTimeout(r, 300))
    }
    throw new Error(`${this.where()}: waited in vain for ${selector}`)
  }
  // download fetches a file as the person would, and keeps a copy beside the pictures.
  async download(href, name) {
    const r = await this.context.request.get(new URL(href, this.page.url()).href)
    if (!r.ok()) throw new Error(`${href}: ${r.status()}`)
    const body = await r.body()
    writeFileSync(join(pictures, `${name}-${this.lang}.pdf`), body)
    return body
  }

  // layCard is done by hand, not in the browser.
  async layCard() {
    const r = await this.context.request.post(this.world.drawer + '/insert', { form: { serial: this.serial } })
    if (!r.ok()) throw new Error(`the card does not go in: ${r.status()}`)
  }

  // login goes to identity, shows the card, types the PIN and consents where it is asked.
  login() { return this.withReader(() => this.#login()) }
  withReader(act) {
    const mine = reader.then(act)
    reader = mine.catch(() => {})
    return mine
  }
  async #login() {
    await this.toPIN()
    await this.look('pin')
    await this.enterPIN(this.pin)
    const home = this.page.waitForURL(url => url.href.startsWith(this.world.portal)) // by way of identity, whose last page goes on by itself
    await Promise.race([home, this.at('form[action$="/consent"]').waitFor()])
    if (await this.has('form[action$="/consent"]')) {
      await this.look('consent')
      await this.at('form[action$="/consent"] button').click()
    }
    await home
    await this.page.waitForLoadState('load')
  }
  async toPIN() {
    await this.layCard()
    await this.go('/login?return=/')
    await this.look('login')
    await this.click('main a[href$="/card"]')
    await this.look('card')
    await this.click('form:has(input[name=nonce]) button')
    for (let i = 0; i < 20 && !await this.has('input[name=pin]') && await this.has('a.again'); i++) { // the reader takes a moment to see the card
      await new Promise(r => setTimeout(r, 200))
      await this.click('a.again')
    }
  }
  async enterPIN(pin) {
    await this.fill('input[name=pin]', pin)
    await this.click('form:has(input[name=pin]) button')
  }

  // begin opens a draft of a procedure.
  async begin(procedure) {
    await this.go(`/dossiers/new?procedure=${procedure}`)
    if (await this.has('button[name=do][value=start]')) {
      await this.look('start')
      await this.press('start')
    }
    this.dossier = new URL(this.page.url()).pathname.match(/\/dossiers\/dos_[^/]+/)[0]
  }
}
