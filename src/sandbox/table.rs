//! Reading the committed tables under `data/`: tab-separated rows, `#` for comments.
//!
//! The tables are compiled in, so a cell is a `&'static str` and reading copies nothing. A row that does not
//! parse is left out rather than ending the program; the tests beside each table hold that none is.

/// The rows of a table with exactly `N` columns. A row with more cells is left out; missing ones are empty.
pub(crate) fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(table).filter_map(|line| {
        let mut cells = line.split('\t');
        let row = std::array::from_fn(|_| cells.next().unwrap_or_default());
        cells.next().is_none().then_some(row)
    })
}

/// The non-empty parts of a cell that holds a list with commas.
pub(crate) fn list(cell: &'static str) -> Vec<&'static str> {
    cell.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many rows a table should give, for the tests that hold that every row parses.
#[cfg(test)]
pub(crate) fn row_count(table: &'static str) -> usize {
    lines(table).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_rows_with_too_many_cells_are_left_out() {
        let read: Vec<[&str; 2]> = rows("# a\tb\nx\ty\n\nx\ty\tz\nlone\n").collect();
        assert_eq!(read, [["x", "y"], ["lone", ""]]);
    }

    #[test]
    fn a_list_cell_has_no_empty_parts() {
        assert_eq!(list("CDG, ORY,"), ["CDG", "ORY"]);
        assert!(list("").is_empty());
    }
}
