#!/usr/bin/env node
// Measures llama.cpp, to hold `chrysalis bench llm` against, on the same GGUF file and the same number of threads.
//
//     npm install --ignore-scripts node-llama-cpp        # brings llama.cpp built for each kind of processor
//     node bench/peers/llama_cpp.mjs --chrysalis ./chrysalis -p 512 -n 64 1b-q8_0.gguf
//
// For each file: llama.cpp, then Chrysalis, then llama.cpp again; the ratio is to the better of llama.cpp's two turns (1 is as fast). As in
// llama-bench, pp is reading a prompt of -p tokens into an empty context, tg making -n tokens from one; figures are medians of -r runs. Without
// --chrysalis it measures llama.cpp alone. NODE_PATH does not find modules for this script: install beside it or in a folder above.

import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { getLlama } from "node-llama-cpp";

const { values: given, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    chrysalis: { type: "string" },
    prompt: { type: "string", short: "p", default: "512" },
    generate: { type: "string", short: "n", default: "64" },
    repeats: { type: "string", short: "r", default: "3" },
    threads: { type: "string", short: "t", default: String(availableParallelism()) },
    json: { type: "boolean", default: false },
  },
});
const [prompt, generate, repeats, threads] = ["prompt", "generate", "repeats", "threads"].map((key) => Number(given[key]));
if (files.length === 0 || ![prompt, generate, repeats, threads].every((n) => Number.isInteger(n) && n > 0)) {
  console.error("usage: llama_cpp.mjs [--chrysalis LAUNCHER] [-p N] [-n N] [-r N] [-t N] [--json] FILE.gguf...");
  process.exit(2);
}

function summary(rates) {
  const sorted = rates.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], best: sorted.at(-1) };
}

async function llamaCpp(file) {
  const llama = await getLlama({ gpu: false, build: "never", logLevel: "error" });
  const model = await llama.loadModel({ modelPath: file, useMmap: true });
  const context = await model.createContext({ contextSize: prompt + generate + 8, batchSize: 512, threads });
  const sequence = context.getSequence();
  const tokens = Array.from({ length: prompt }, (_, i) => 1 + ((i * 7919) % 200));
  const rates = { pp: [], tg: [] };
  for (let run = -1; run < repeats; run++) {
    await sequence.clearHistory();
    let start = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    const pp = (prompt * 1000) / (performance.now() - start);
    await sequence.clearHistory();
    start = performance.now();
    let made = 0;
    for await (const _ of sequence.evaluate([128000], { temperature: 0, yieldEogToken: true })) {
      if (++made === generate) break;
    }
    const tg = (generate * 1000) / (performance.now() - start);
    if (run >= 0) {
      rates.pp.push(pp);
      rates.tg.push(tg);
    }
  }
  await context.dispose();
  await model.dispose();
  return { pp: summary(rates.pp), tg: summary(rates.tg) };
}

function chrysalis(file) {
  const run = spawnSync(
    given.chrysalis,
    ["bench", "llm", "--model", file, "-p", prompt, "-n", generate, "-r", repeats, "--threads", threads, "--json"].map(String),
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 24 },
  );
  if (run.status !== 0) throw new Error(`${given.chrysalis} ended with ${run.status}`);
  const rows = JSON.parse(run.stdout);
  const rate = (kind, count) => {
    const row = rows.find((one) => one.name.startsWith(kind));
    if (!row) throw new Error(`no row ${kind} in ${run.stdout}`);
    return { median: (count * 1000) / row.median_ms, best: (count * 1000) / row.min_ms };
  };
  return { pp: rate("pp", prompt), tg: rate("tg", generate) };
}

const better = (a, b) => ({ median: Math.max(a.median, b.median), best: Math.max(a.best, b.best) });
const results = [];
for (const file of files) {
  const before = await llamaCpp(file);
  const ours = given.chrysalis ? chrysalis(file) : null;
  const after = ours ? await llamaCpp(file) : before;
  for (const [kind, count] of [["pp", prompt], ["tg", generate]]) {
    const peer = better(before[kind], after[kind]);
    const row = { file, work: `${kind}${count}`, threads, llama_cpp: peer };
    if (ours) {
      row.chrysalis = ours[kind];
      row.ratio = { median: ours[kind].median / peer.median, best: ours[kind].best / peer.best };
    }
    results.push(row);
    if (!given.json) {
      const both = (one) => `${one.median.toFixed(2)} (best ${one.best.toFixed(2)})`;
      console.log(
        `${file}  ${row.work}  llama.cpp ${both(peer)} tok/s` +
          (ours ? `, Chrysalis ${both(row.chrysalis)} tok/s, ratio ${both(row.ratio)}` : ""),
      );
    }
  }
}
if (given.json) console.log(JSON.stringify(results, null, 2));
process.exit(0);
