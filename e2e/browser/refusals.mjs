// Journey C: refusals that must hold, and are said in the person's language beside what is wrong.
import { Person } from './person.mjs'
import { demand, story } from './story.mjs'

export async function refusals(world, lang, who, kept) {
  await story(`C Refusals, ${lang}`, async step => {
    const p = await Person.enter(world, who, lang, 'C')
    await step('a wrong field is refused beside the field, nothing is lost', async () => {
      await p.login()
      await p.begin('passeport-biometrique-adulte')
      await p.fill('[name="field.territory"]', '04.501.01.07')
      await p.fill('[name="field.email"]', 'no-address')
      await p.fill('[name="field.phone"]', '0698765432')
      await p.press('check')
      await p.look('draft-refused')
      demand(await p.has('[name="field.email"][aria-invalid=true]'), 'the field is not marked')
      demand(await p.at('[name="field.email"]').inputValue() === 'no-address' && await p.at('[name="field.phone"]').inputValue() === '0698765432', 'what was entered is gone')
      demand(await p.page.evaluate(() => document.activeElement.className === 'summary-box'), 'the summary has no focus')
    })
    await step('a file that is not what it claims is refused, the rest is kept', async () => {
      await p.fill('[name="field.email"]', p.email)
      await p.page.locator('input[type=file][name="piece.photo"]').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('MZ this is a program, not a photo') })
      await p.press('save')
      await p.look('file-refused')
      demand(await p.at('[name="field.email"]').inputValue() === p.email, 'the answer beside the bad file is gone')
    })
    await step('an officer of another administration does not see the dossier', async () => {
      const o = await Person.enter(world, 'other-officer', lang, 'C')
      await o.login()
      demand(await o.go('/office') === 200, 'no inbox')
      const path = kept.dossier.replace('/dossiers/', '/office/')
      demand(!await o.page.locator(`a[href$="${path}"]`).count(), 'it is in another administration’s inbox')
      demand(await o.go(path) === 404, 'it is not hidden')
      await o.look('office-hidden')
      await o.leave()
    })
    await step('a tampered PDF is named as such', async () => {
      const flipped = Buffer.from(kept.receipt)
      flipped[Math.floor(flipped.length / 3)] ^= 1
      await p.go('/verify')
      await p.page.locator('input[type=file]').setInputFiles({ name: 'receipt.pdf', mimeType: 'application/pdf', buffer: flipped })
      await p.click('form[enctype] button.btn:not([type=button])')
      const said = await p.at('[data-verdict]').getAttribute('data-verdict')
      demand(said !== 'intact', 'a changed receipt passes')
      await p.look('verify-tampered')
      return said
    })
    await p.leave()
  })
}

export async function blockedCard(world, lang) {
  await story(`C Card, ${lang}`, async step => {
    const p = await Person.enter(world, 'forgetful', lang, 'C')
    await step('a wrong PIN three times blocks the card, for the right PIN too', () => p.withReader(async () => {
      await p.toPIN()
      for (let n = 1; n <= 3; n++) {
        await p.enterPIN('0000')
        await p.look(`pin-wrong-${n}`)
      }
      await p.toPIN()
      await p.look('pin-blocked')
      if (await p.has('input[name=pin]')) await p.enterPIN(p.pin)
      await p.go('/')
      demand(!await p.page.getByText(p.given_fr).count(), 'the blocked card still logs in')
    }))
    await p.leave()
  })
}
