// Journey B: a building permit of a commune that does not answer. The legal date is one for all: both languages wait for it together.
import { Person } from './person.mjs'
import { demand, story } from './story.mjs'

const day = 86400000
const today = () => new Intl.DateTimeFormat('sv', { timeZone: 'Africa/Casablanca' }).format(new Date())
const between = (a, b) => Math.round((Date.parse(b) - Date.parse(a)) / day)
const plus = (d, n) => new Date(Date.parse(d) + n * day).toISOString().slice(0, 10)

// latest is the last day that the dossier's page names.
async function latest(p) {
  await p.go(p.dossier)
  const days = await p.page.locator('main time').evaluateAll(all => all.map(t => t.dateTime.slice(0, 10)))
  return days.sort().at(-1)
}

async function bring(p, field, act) {
  const sheet = await p.context.newPage()
  await sheet.setContent('<h1>Projet de construction</h1><p>Rez-de-chaussée et un étage, 180 m².</p>')
  const buffer = await sheet.pdf({ format: 'A4' })
  await sheet.close()
  await p.page.locator(`input[type=file][name="${field}"]`).setInputFiles({ name: 'piece.pdf', mimeType: 'application/pdf', buffer })
  await p.press(act)
}

export async function silence(world, langs) {
  await story(`B Silence, ${Object.keys(langs).join(' and ')}`, async step => {
    const people = []
    const each = act => Promise.all(people.map(act))
    const shift = date => world.shift(between(today(), date))
    await step('log in, begin a building permit, a piece missing: «being deposited»', async () => {
      for (const [lang, who] of Object.entries(langs)) people.push(await Person.enter(world, who, lang, 'B'))
      await each(async p => {
        await p.login()
        await p.begin('permis-construire')
        for (const [name, value] of Object.entries({ territory: '04.501.01.07', parcel: 'TF 12345/R', floor_area: '180', floors: '2', email: p.email })) await p.fill(`[name="field.${name}"]`, value)
        await p.press('save')
        await p.look('permit-draft')
        await bring(p, 'piece.plan', 'save')
        await p.press('check')
        await p.look('permit-check')
        await p.press('deposit')
        await p.look('permit-being-deposited')
        await p.go(p.dossier)
        await p.look('permit-incomplete')
      })
    })
    await step('bring it: «dossier deposited», the clock runs', () => each(async p => {
      await bring(p, 'piece.land-title', 'complete')
      await p.go(p.dossier)
      await p.look('permit-running')
    }))
    let silent // the first day on which silence has its effect
    await step('on the last day there is no silence yet', async () => {
      silent = await latest(people[0])
      await shift(plus(silent, -1))
      await each(async p => {
        await p.go(p.dossier)
        demand(!await p.has('button[value=claim]'), 'claimable on the last day')
      })
      return plus(silent, -1)
    })
    await step('the day after, silence counts as approval; the citizen claims', async () => {
      await shift(silent)
      await each(async p => {
        await p.until(p.dossier, 'button[value=claim]')
        await p.look('permit-silent')
        await p.press('claim')
        await p.look('permit-claimed')
      })
      return silent
    })
    await step('the commune does not deliver: the citizen turns to the governor', async () => {
      const deliver = await latest(people[0])
      await shift(plus(deliver, 1))
      await each(async p => {
        await p.until(p.dossier, 'button[value=escalate]')
        await p.press('escalate')
        await p.look('permit-escalated')
      })
      return deliver
    })
    await step('the governor issues the attestation of silence', () => each(async p => {
      const g = await Person.enter(world, 'governor', p.lang, 'B')
      await g.login()
      await g.go('/office')
      await g.look('office-governor')
      await g.click(`a[href$="${p.dossier.replace('/dossiers/', '/office/')}"]`)
      await g.look('office-attest')
      await g.press('attest')
      await g.leave()
    }))
    await step('sealed attestation; the trace explains every date', () => each(async p => {
      await p.until(p.dossier, '.documents li:nth-child(3) a')
      const said = await p.text()
      for (const article of ['10', '16', '19', '20', '31']) demand(said.includes(article), `no article ${article}`)
      await p.look('permit-attested')
      await p.click('.documents li:last-child .name a')
      demand(await p.page.locator('[data-type=attestation-of-silence]').count(), 'the last document is not the attestation')
      await p.download(p.page.url() + '/file', 'attestation')
    }))
    await step('figures of what happened', () => each(async p => {
      await p.go('/indicators')
      await p.look('indicators')
    }))
    await each(p => p.leave())
  })
}
