// Run app/static/js/verdict.js on the shared case table and print what it answers.
import { readFile } from "node:fs/promises";

const [script, table] = process.argv.slice(2);
// From its text: node would need a package.json to take a .js file for a module.
const rule = await import(`data:text/javascript;base64,${Buffer.from(await readFile(script)).toString("base64")}`);
const cases = JSON.parse(await readFile(table, "utf8"));
const time = (text) => (text === null ? null : Date.parse(text));
const doors = { opensAt: time(cases.doors.opens_at), closesAt: time(cases.doors.closes_at) };

const readings = [];
for (const { text } of cases.readings) {
  const read = rule.readText(text, cases.event_code);
  readings.push({ event: read.event, digest: await rule.digest(read.text) });
}
const rewards = cases.rewards.map(({ text }) => rule.isReward(text));
const verdicts = cases.verdicts.map(({ entry, event, at }) => {
  const line = entry && { status: entry.status, arrivedAt: time(entry.arrived_at) };
  return rule.verdict(line, event, cases.event_code, time(at), doors);
});
console.log(JSON.stringify({ readings, rewards, verdicts }));
