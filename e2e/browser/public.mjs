// What anybody sees without signing in.
import { Person } from './person.mjs'
import { story } from './story.mjs'

const pages = [
  ['home', '/'], ['search', '/search?q=passeport'], ['search-nothing', '/search?q=xyzzy'], ['procedures', '/procedures'],
  ['sheet', '/procedures/passeport-biometrique-adulte'], ['sheet-permit', '/procedures/permis-construire'],
  ['administrations', '/administrations'], ['administration', '/administrations/min_interieur'],
  ['territories', '/territories'], ['territory', '/territories/04.501.01.07'], ['verify', '/verify'], ['verify-unknown', '/verify?reference=K7M2-9QXD-67'],
  ['help', '/help'], ['not-found', '/nothing-here'], ['must-sign-in', '/dossiers'], ['signed-out', '/signed-out'],
]

export async function everybody(world, lang) {
  await story(`Pages for everybody, ${lang}`, async step => {
    const p = await Person.enter(world, '', lang, 'public')
    for (const [name, path] of pages) await step(name, async () => { await p.go(path); await p.look(name) })
    await step('a listed procedure, nothing invented', async () => {
      await p.go('/procedures?status=listed')
      await p.click('ol .card h2 a')
      await p.look('sheet-listed')
    })
    await step('an article of help', async () => {
      await p.go('/help')
      await p.click('.cards a')
      await p.look('help-article')
    })
    await step('help for a step of a procedure', async () => {
      await p.go('/procedures/passeport-biometrique-adulte')
      await p.click('a[href*="/help/passeport"]')
      await p.look('help-step')
    })
    await step('keyboard: the skip link comes first and is seen', async () => {
      await p.go('/')
      await p.page.keyboard.press('Tab')
      const seen = await p.page.evaluate(() => { const r = document.activeElement.getBoundingClientRect(); return document.activeElement.className === 'skip' && r.left >= 0 && r.right <= innerWidth })
      if (!seen) throw new Error('the skip link is not seen')
    })
    await p.leave()
  })
}
