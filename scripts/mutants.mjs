// Reads one report of gremlins: a row for the package, then each survivor with its line. Exit 1 below the efficacy we ask.
import { readFileSync } from 'node:fs';

const asked = 90;
const [pkg, report] = process.argv.slice(2);
const { files = [] } = JSON.parse(readFileSync(report, 'utf8'));
const count = { KILLED: 0, LIVED: 0, 'NOT COVERED': 0, 'TIMED OUT': 0 };
const survivors = [];
for (const file of files) {
  const path = file.file_name.includes('/') ? file.file_name : `${pkg}/${file.file_name}`;
  for (const m of file.mutations) {
    count[m.status] = (count[m.status] ?? 0) + 1;
    if (m.status !== 'LIVED') continue;
    const line = readFileSync(path, 'utf8').split('\n')[m.line - 1].trim();
    survivors.push(`  ${path}:${m.line}:${m.column} ${m.type.toLowerCase()}  ${line}`);
  }
}
// A mutant that makes the tests hang was noticed.
const noticed = count.KILLED + count['TIMED OUT'];
const efficacy = (100 * noticed) / Math.max(1, noticed + count.LIVED);
console.log(`${pkg} | ${noticed} noticed | ${count.LIVED} survived | ${count['NOT COVERED']} not covered | ${efficacy.toFixed(1)} %`);
survivors.sort().forEach((s) => console.log(s));
process.exit(efficacy >= asked ? 0 : 1);
