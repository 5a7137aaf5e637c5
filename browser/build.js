// Bundle what is in this folder, for notebooks into one ES module, for web pages into one classic script:
// node browser/build.js [the folder to write both to, instead of their own]

import { join } from "node:path";
import { build } from "esbuild";

const BUNDLES = [
  { entry: "host.js", folder: "../aelib/assets", name: "widgets.js", format: "esm" },
  { entry: "site.js", folder: "../site/static", name: "live.js", format: "iife" },
];
const [, , elsewhere] = process.argv;

for (const { entry, folder, name, format } of BUNDLES) {
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: [entry],
    outfile: join(elsewhere ?? folder, name),
    bundle: true,
    format,
    charset: "utf8",
    banner: { js: "// Bundled from browser/ by `make browser`; change it there." },
  });
}
