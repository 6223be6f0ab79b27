// Journey A: a passport, from the search to the third party who verifies the decision.
import { browsers, Person } from './person.mjs'
import { join } from 'node:path'
import { budget, pictures } from './judge.mjs'
import { demand, story } from './story.mjs'

const code = 'passeport-biometrique-adulte'
const words = { ar: 'جواز صفر', fr: 'pasport' } // as people type them

export async function passport(world, lang, who, kept) {
  await story(`A Passport, ${lang}`, async step => {
    const p = await Person.enter(world, who, lang, 'A')
    await step('search with a spelling mistake, open the sheet', async () => {
      await p.go('/')
      await p.fill('input[name=q]', words[lang])
      await p.click('form[role=search] button')
      await p.click('ol .card h2 a')
      demand(p.page.url().endsWith(code), `the first hit is ${p.page.url()}`)
      for (const id of ['pieces', 'steps', 'fee', 'delay', 'silence', 'bodies', 'legal', 'binding']) demand(await p.has(`#${id}`), `no ${id}`)
    })
    await step('log in with card and PIN', () => p.login())
    await step('the register answers only with consent; preview, agreement', async () => {
      await p.begin(code)
      await p.look('draft-empty')
      await p.fill('[name="field.territory"]', '04.501.01.07')
      await p.fill('[name="field.email"]', p.email)
      await p.fill('[name="field.phone"]', '0612345678')
      await p.press('fetch:civil-status')
      demand(await p.has('.summary-box'), 'fetched without consent')
      await p.look('draft-no-consent')
      await p.page.locator('[name="consent.civil-status"]').check()
      await p.press('fetch:civil-status')
      demand((await p.text()).includes(p.given_ar), 'the preview does not show the person')
      await p.look('draft-preview')
      await p.press('agree:civil-status')
    })
    await step('upload the photo', async () => {
      const photo = await p.page.screenshot({ clip: { x: 0, y: 0, width: 350, height: 450 } })
      await p.page.locator('input[type=file][name="piece.photo"]').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo })
      await p.press('save')
    })
    await step('pay on the bank’s page', async () => {
      await p.press('pay')
      await p.look('pay')
      await p.click('form[action*="est3Dgate"] button')
      await p.look('bank-card')
      await p.fill('[name=number]', '5191 6301 0000 4896')
      await p.fill('[name=expiry]', '12/30')
      await p.fill('[name=code]', '000')
      await p.click('form:has([name=number]) button')
      await p.look('bank-code')
      await p.fill('[name=otp]', '123')
      await p.click('form:has([name=otp]) button')
      await p.look('bank-back')
      await p.click('main form button')
      await p.look('paid')
      await p.until(p.dossier, 'form:not(:has([value=pay])) [name="field.email"]')
      await p.look('draft')
    })
    await step('check the answers, deposit, receipt', async () => {
      await p.press('check')
      await p.look('check')
      await p.press('deposit')
      demand(p.page.url().endsWith('/receipt'), 'no receipt')
      await p.until(p.dossier + '/receipt', '.receipt .actions a')
      await p.look('receipt')
      kept.receipt = await p.download(await p.at('.receipt .actions a').getAttribute('href'), 'receipt')
      kept.dossier = p.dossier
      await p.page.pdf({ path: join(pictures, `receipt-printed-${lang}.pdf`), preferCSSPageSize: true })
      await p.go(p.dossier)
      await p.look('dossier')
      await p.go('/')
      await p.look('home-signed-in')
    })
    await step('first visit within the budget', async () => {
      const state = await p.context.storageState()
      const said = []
      for (const [name, path] of [['home', '/'], ['sheet', `/procedures/${code}`], ['dossier', p.dossier]]) said.push(`${name} ${await budget(browsers[lang], p.address(path), `${name} ${lang}`, state)}`)
      return said.join('; ')
    })
    await step('the officer finds it in the inbox and accepts it', async () => {
      const o = await Person.enter(world, 'passport-officer', lang, 'A')
      await o.login()
      await o.go('/office')
      await o.look('office')
      await o.click(`a[href$="${p.dossier.replace('/dossiers/', '/office/')}"]`)
      await o.look('office-dossier')
      await o.fill('[name="text.ar"]', 'تقرر قبول الطلب وتسليم جواز السفر.')
      await o.fill('[name="text.fr"]', 'La demande est acceptée, le passeport sera délivré.')
      await o.press('accept')
      await o.look('office-decided')
      await o.go('/appointments')
      await o.look('appointments')
      await o.leave()
    })
    let decision
    await step('the decision is in the locker', async () => {
      await p.until(p.dossier, '.documents li:nth-child(2) a')
      await p.look('dossier-decided')
      await p.go('/documents')
      await p.look('locker')
      for (const href of await p.page.locator('.documents .name a').evaluateAll(links => links.map(a => a.href))) {
        await p.page.goto(href)
        if (await p.page.locator('[data-type=decision]').count()) { decision = href; break }
      }
      demand(decision, 'no decision in the locker')
      kept.decision = await p.download(decision + '/file', 'decision')
    })
    let link
    await step('share it for one recipient and purpose', async () => {
      await p.page.goto(decision + '/share')
      await p.click('main form button')
      await p.look('share-refused')
      await p.fill('[name=recipient]', 'Agence Atlas Voyages')
      await p.fill('[name=purpose]', lang === 'ar' ? 'حجز سفر' : 'Réservation d’un voyage')
      await p.click('main form button')
      link = await p.at('#link').inputValue()
      await p.look('share-link')
    })
    await step('the third party opens and verifies it', async () => {
      const t = await Person.enter(world, '', lang, 'A')
      await t.page.goto(link)
      await t.look('shared')
      const file = await t.download(await t.at('main a[href$="/file"]').getAttribute('href'), 'shared')
      demand(file.equals(kept.decision), 'the shared file is not the decision')
      await t.go('/verify')
      await t.page.locator('input[type=file]').setInputFiles({ name: 'decision.pdf', mimeType: 'application/pdf', buffer: file })
      await t.click('form[enctype] button.btn:not([type=button])')
      demand(await t.at('[data-verdict]').getAttribute('data-verdict') === 'intact', 'the decision does not verify')
      await t.look('verify-intact')
      await t.leave()
    })
    await step('who looked at my data, what was paid, when I logged in', async () => {
      await p.page.goto(decision)
      await p.look('document')
      await p.go('/access')
      demand(/55[.-]19/.test(await p.text()), 'no exchange with its legal basis')
      await p.look('access')
      await p.go('/payments')
      await p.look('payments')
      await p.go('/dossiers')
      await p.look('dossiers')
      await p.page.goto(`${world.identity}/${lang}/account`)
      await p.look('account')
    })
    await step('an e-mail told it', async () => {
      await p.page.goto(`${world.mail}/messages.json?to=${encodeURIComponent(p.email)}`)
      demand(JSON.parse(await p.page.innerText('body')).length >= 2, 'less than two messages')
    })
    await p.leave()
  })
}
