// Compile the kernels, and bundle what is in this folder, for notebooks into one ES module, for web pages into classic
// scripts.
//
//     node browser/build.js [the folder to write all to, instead of their own]

import asc from "assemblyscript/asc";
import { build } from "esbuild";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

// kernels/<name>.ts becomes a module that has the WebAssembly as base64, once for each way, with what it asks of a browser.
const KERNELS = ["product"];
const FEATURES = { fused: ["simd", "relaxed-simd"], simd: ["simd"] };
const BUNDLES = [
  { entry: "host.js", folder: "../aelib/assets", name: "widgets.js", format: "esm" },
  { entry: "site.js", folder: "../site/static", name: "live.js", format: "iife", worker: "mending.js" },
  {
    entry: "playground/page.js", folder: "../site/static", name: "playground.js", format: "iife",
    worker: "playground/worker.js",
  },
];
const OPTIONS = ["--outFile", "bytes", "-O3", "--runtime", "stub", "--importMemory", "--noAssert"];
const here = import.meta.dirname;
const [, , elsewhere] = process.argv;

for (const name of KERNELS) {
  const compiled = {};
  for (const [way, features] of Object.entries(FEATURES)) {
    const enabled = features.flatMap((feature) => ["--enable", feature]);
    const { error, stderr } = await asc.main([`kernels/${name}.ts`, "--baseDir", here, ...OPTIONS, ...enabled], {
      writeFile: (_, bytes) => (compiled[way] = Buffer.from(bytes).toString("base64")),
    });
    if (error) throw new Error(`kernels/${name}.ts: ${stderr}`);
  }
  await writeFile(
    join(elsewhere ?? join(here, "kernels"), `${name}.wasm.js`),
    `// Compiled from browser/kernels/${name}.ts by \`make browser\`; change it there.\n` +
      `export default ${JSON.stringify(compiled, null, 2)};\n`,
  );
}

// A page that was opened from a disk may not start a worker from a file: it has the worker's code as text, WORKER.
async function textOf(worker) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [worker],
    bundle: true,
    format: "iife",
    charset: "utf8",
    minify: true,
    write: false,
  });
  return outputFiles[0].text;
}

for (const { entry, folder, name, format, worker } of BUNDLES) {
  await build({
    absWorkingDir: here,
    entryPoints: [entry],
    outfile: join(elsewhere ?? folder, name),
    bundle: true,
    format,
    charset: "utf8",
    minify: format === "iife", // pages may be on a slow line
    define: worker ? { WORKER: JSON.stringify(await textOf(worker)) } : {},
    banner: { js: "// Bundled from browser/ by `make browser`; change it there." },
  });
}
