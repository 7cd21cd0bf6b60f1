#!/usr/bin/env bash
# @kusto/language-service-next 12.4.1 (npm)
#
# Microsoft's language service for Kusto makes the symbol of a table from the text of its schema. A column called `kind`,
# which every table of Azure Resource Graph has, ends the schema there without an error: the columns behind it do not
# exist, and every query that names one is called faulty. In brackets and quotes, ['kind'], it is a column like any
# other, and `sort`, an operator of the language, is one without. Whoever builds a checker from documented schemas should
# count the columns. Seen: of (id, kind, name) one column is read; of (id, ['kind'], name) all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @kusto/language-service-next@12.4.1
NODE_PATH="$folder/node_modules" node - <<'JAVASCRIPT'
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { TableSymbol } = Kusto.Language.Symbols;

const columns = (schema) => TableSymbol.From(schema).Columns.Count;
const seen = [
  columns('(id:string, kind:string, name:string)'),
  columns("(id:string, ['kind']:string, name:string)"),
  columns('(id:string, sort:string, name:string)'),
];
console.log(`columns with kind: ${seen[0]}, with ['kind']: ${seen[1]}, with another name: ${seen[2]}`);
if (seen.join() !== '1,3,3') process.exit(1);
JAVASCRIPT
