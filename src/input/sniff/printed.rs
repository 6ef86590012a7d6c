//! Output that a command made for people: YAML, tables of words over a rule of dashes, and markup: a page
//! with a table, a sheet or the texts of a workbook. And what `Export-Clixml` writes, for PowerShell alone.

use super::LINES;
use super::table::are_ours;

/// Returns whether a text is such output, with the names of what is read in it.
pub(super) fn is_printed(text: &str) -> bool {
    is_yaml(text) || is_ruled_table(text) || is_markup(text)
}

/// Returns whether a text is what `Export-Clixml` writes.
pub(super) fn is_clixml(text: &str) -> bool {
    const SPACE: &str = "http://schemas.microsoft.com/powershell/2004/04";
    let tag = text.strip_prefix("#< CLIXML").unwrap_or(text).trim_start();
    tag.starts_with("<Objs ") && tag.split_once('>').is_some_and(|(tag, _)| tag.contains(SPACE))
}

/// A list or an object with a member on each line, of which two are known.
fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES);
    let name = |line: &str| {
        let (name, rest) = line.trim_start_matches([' ', '-']).split_once(':')?;
        let is_member = rest.is_empty() || rest.starts_with([' ', '\r']);
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (is_member && is_name).then(|| name.to_owned())
    };
    if lines.clone().next().and_then(name).is_none() {
        return false;
    }
    let names: Vec<String> = lines.by_ref().filter_map(name).collect();
    are_ours(names.iter().map(String::as_str))
}

/// Markup in which known names are all there is of a text or of an attribute; syslog begins with `<134>`.
fn is_markup(text: &str) -> bool {
    let is_tag =
        text.strip_prefix('<').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    is_tag && are_ours(text.split(['<', '>', '"']))
}

/// Names of columns, and dashes under each of them.
fn is_ruled_table(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(names), Some(rule)) = (lines.next(), lines.next()) else { return false };
    let is_rule = rule.chars().all(|c| matches!(c, '-' | ' ' | '\r'));
    is_rule && rule.split_whitespace().count() >= 2 && are_ours(names.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_powershell_writes_for_itself_is_known_by_its_name_space() {
        let text = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n  <Obj RefId=\"0\">";
        assert!(is_clixml(text) && is_clixml(&format!("#< CLIXML\r\n{text}")));
        assert!(!is_clixml("<Objs x=\"y\">http://schemas.microsoft.com/powershell/2004/04"));
    }

    #[test]
    fn output_for_people_is_known_by_its_names() {
        for text in [
            "- authorization:\n    action: a/b/write\n  caller: x@y\n  correlationId: c\n",
            "caller: x@y\ncategory:\n  value: Administrative\n",
            "Caller   CorrelationId   Other\n-------  --------------  -----\nx  y  z\n",
            "<Objs><Obj><Props><S N=\"Caller\">x</S><S N=\"CorrelationId\">c</S></Props></Obj></Objs>",
            "<?xml version=\"1.0\"?><sst><si><t>Caller</t></si><si><t>OperationNameValue</t></si></sst>",
            "<table>\n<tr><th>Caller</th><th>CorrelationId</th></tr></table>",
        ] {
            assert!(is_printed(text), "{text}");
        }
        for text in [
            "<134>Mar 01 10:00:00 host azure: {\"caller\": \"x\", \"correlationId\": \"c\"}\n",
            "- a: 1\n  b: 2\n",
            "caller: x\nplace: here\n",
            "One  Two\n---  ---\n1  2\n",
            "# Caller, status\n\ncaller: status\n",
            "<html><title>502 Bad Gateway</title><p>Status, caller and category</p></html>",
            "2026-03-05: status: x\nlevel: y\n",
        ] {
            assert!(!is_printed(text), "{text}");
        }
    }
}
