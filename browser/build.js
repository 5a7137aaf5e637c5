// Compile the kernels, and bundle what stands in this folder: the widgets into one ES module, the playground into a
// classic script, which a page can load from a disk too.
//
//     node browser/build.js [another folder for all]

import asc from "assemblyscript/asc";
import { build } from "esbuild";
import { writeFile } from "node:fs/promises";
import path from "node:path";

const here = import.meta.dirname;
const elsewhere = process.argv[2];
const BUILT = "by `make browser`; change it there.";

/** Compile browser/kernels/<name>.ts into a module that has the WebAssembly as base64. */
async function compile(name) {
  const options = ["--outFile", "bytes", "-O3", "--runtime", "stub", "--importMemory", "--enable", "simd", "--noAssert"];
  let bytes;
  const { error, stderr } = await asc.main([`kernels/${name}.ts`, "--baseDir", here, ...options], {
    writeFile: (_, contents) => (bytes = contents),
  });
  if (error) throw new Error(`kernels/${name}.ts: ${stderr}`);
  const text = Buffer.from(bytes).toString("base64");
  const to = path.join(elsewhere ?? path.join(here, "kernels"), `${name}.wasm.js`);
  await writeFile(to, `// Compiled from browser/kernels/${name}.ts ${BUILT}\nexport default "${text}";\n`);
}

await compile("product");
const options = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  banner: { js: `// Bundled from browser/ ${BUILT}` },
};
await build({
  ...options,
  entryPoints: ["host.js"],
  outfile: path.join(elsewhere ?? "../aelib/assets", "widgets.js"),
  format: "esm",
});
// A page that was opened from a disk may not start a worker from a file: the page has its code as text.
const worker = await build({
  ...options,
  entryPoints: ["playground/worker.js"],
  format: "iife",
  minifyWhitespace: true,
  write: false,
});
await build({
  ...options,
  entryPoints: ["playground/page.js"],
  outfile: path.join(elsewhere ?? "../site/static", "playground.js"),
  format: "iife",
  define: { WORKER: JSON.stringify(worker.outputFiles[0].text) },
});
