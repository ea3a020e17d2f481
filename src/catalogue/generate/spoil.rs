//! Faults of files (F01 to F10): one in the folder of a municipality whose rows are sound.

use super::Planted;
use super::sizes::Size;
use super::write::FIRST_ROW;
use crate::finding::Class;
use crate::source::Source;

/// The folder of a municipality, before it is written.
pub(super) struct Folder<'s> {
    pub(super) size: &'s Size,
    pub(super) manifest: String,
    pub(super) table: String,
    /// The line of a row that nothing else hangs on.
    pub(super) row: usize,
}

impl Folder<'_> {
    /// Writes the folder, with the fault that is meant for it.
    pub(super) fn write(mut self, sources: &mut Vec<Source>, planted: &mut Vec<Planted>) {
        let folder = format!("gm{}", self.size.municipality);
        let (table_path, manifest_path) = (
            format!("{folder}/map.tsv"),
            format!("{folder}/manifest.toml"),
        );
        let header = FIRST_ROW - 1;
        let row = self.row;
        let mut told = |file: &str, line: usize, class| {
            planted.push(Planted {
                file: file.to_owned(),
                line: u32::try_from(line).unwrap_or(u32::MAX),
                class,
            });
        };
        let mut has_manifest = true;
        let mut garbled = Vec::new();
        match self.size.spoilt {
            // Latin-1 in a last line.
            Some(class @ Class::F01) => {
                told(&table_path, self.table.lines().count() + 1, class);
                garbled.extend_from_slice(b"# geco\xebrdineerd\n");
            }
            Some(class @ Class::F02) => {
                self.table = self.table.replace('\n', "\r\n");
                told(&table_path, 1, class);
            }
            Some(class @ Class::F03) => {
                self.on_line(header, |line| {
                    line.replacen("canonical", "canonical\tcanonical", 1)
                });
                told(&table_path, header, class);
            }
            Some(class @ Class::F04) => {
                self.table = self
                    .table
                    .replace('\n', "\trood\n")
                    .replacen("\trood\n", "\n", 1);
                self.on_line(header, |line| line.replace("\trood", "\tkleur"));
                told(&table_path, header, class);
            }
            Some(class @ Class::F05) => {
                self.on_line(row, |line| {
                    line.rsplit_once('\t')
                        .map_or("", |(cells, _)| cells)
                        .to_owned()
                });
                told(&table_path, row, class);
            }
            Some(class @ Class::F06) => {
                self.on_line(row, |line| {
                    let mut cells: Vec<&str> = line.split('\t').collect();
                    // valid_from, as a spreadsheet shows it.
                    if let Some(cell) = cells.get_mut(10) {
                        *cell = "1-1-2015";
                    }
                    cells.join("\t")
                });
                told(&table_path, row, class);
            }
            Some(class @ Class::F07) => {
                has_manifest = false;
                told(&table_path, 0, class);
            }
            Some(class @ Class::F08) => {
                self.manifest = self
                    .manifest
                    .replacen("apply = [", "apply = [\"partial\", ", 1);
                told(&manifest_path, line_of(&self.manifest, "apply"), class);
            }
            Some(class @ Class::F09) => {
                self.manifest =
                    self.manifest
                        .replacen("canonical = [", "canonical = [\"jz21-1999-01\", ", 1);
                told(&manifest_path, line_of(&self.manifest, "canonical"), class);
            }
            Some(class @ Class::F10) => {
                let path = format!("{folder}/oud.tsv");
                told(&path, 0, class);
                sources.push(Source {
                    path,
                    bytes: self.table.clone().into_bytes(),
                });
            }
            Some(_) | None => {}
        }
        if has_manifest {
            sources.push(Source {
                path: manifest_path,
                bytes: self.manifest.into_bytes(),
            });
        }
        let mut bytes = self.table.into_bytes();
        bytes.extend(garbled);
        sources.push(Source {
            path: table_path,
            bytes,
        });
    }

    /// Changes a line of the table, from 1.
    fn on_line(&mut self, line: usize, change: impl Fn(&str) -> String) {
        let lines = self.table.lines().enumerate();
        let changed = lines.map(|(index, text)| {
            let text = if index + 1 == line {
                change(text)
            } else {
                text.to_owned()
            };
            text + "\n"
        });
        self.table = changed.collect();
    }
}

fn line_of(text: &str, key: &str) -> usize {
    let before = text.lines().take_while(|line| !line.starts_with(key));
    before.count() + 1
}
