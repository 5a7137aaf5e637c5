// Bundle what stands in this folder into one ES module: node browser/build.js [where else to write it]

import { build } from "esbuild";

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ["host.js"],
  outfile: process.argv[2] ?? "../aelib/assets/widgets.js",
  bundle: true,
  format: "esm",
  charset: "utf8",
  banner: { js: "// Bundled from browser/ by `make browser`; change it there." },
});
