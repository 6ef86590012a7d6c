//! Places of a field in the record beside its columns, for tests to which columns say too little.
//!
//! Most columns know one form of a value only, and none knows a blank from nothing.

use super::field::{Field, Place, of_path};
use super::name;
use crate::schema::Event;

impl Field {
    /// Finds the places of a field for a test that minds case: where records write it, and only else
    /// the columns, most of which know one form only.
    pub(super) fn resolve_as_written(name: &str) -> Field {
        let mut field = Field::resolve(name);
        let trimmed = &*name::without_items(name.trim());
        let spelled = name::spelled(trimmed);
        for place in &mut field.places {
            if *place == Place::Operation {
                *place = Place::Column(Event::OperationRaw);
            }
        }
        if means_column(trimmed, &spelled) {
            return field;
        }
        let written = as_written(trimmed, &spelled);
        let single = |place: &Place| match place {
            // What a column is made of may be an object, which is none of its forms.
            Place::Path(way) => Place::Scalar(way.clone()),
            place => place.clone(),
        };
        let mut places: Vec<Place> = written.iter().map(single).collect();
        if field.places.iter().all(|place| written.contains(place)) {
            places.clear();
        }
        let (first, known) = (places.len(), field.places.len());
        for place in field.places.into_iter().chain(written) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        field.first = if first == 0 { places.len() } else { first };
        // Only what the answer says of a body waits for the request.
        let answer = if field.answer < known { field.answer } else { places.len() };
        Field { places, answer, ..field }
    }

    /// Finds the places of a field for a test that a blank value meets, or that asks whether there is
    /// one: columns do not know a blank from nothing, and where they have no value, records do.
    pub(super) fn resolve_perhaps_blank(name: &str) -> Field {
        let mut field = Field::resolve(name);
        let trimmed = &*name::without_items(name.trim());
        let spelled = name::spelled(trimmed);
        if field.is_of_operation() || means_column(trimmed, &spelled) {
            return field;
        }
        let mut written = as_written(trimmed, &spelled);
        // Other exports call it otherwise.
        if let [Place::Column(column), ..] = field.places[..] {
            for name in column.spec().sigma {
                written.extend(of_path(name, &name::spelled(name)));
            }
        }
        let has_answer = field.has_answer();
        for place in written {
            if !field.places.contains(&place) {
                field.places.push(place);
            }
        }
        if !has_answer {
            field.answer = field.places.len();
        }
        field
    }
}

/// Whether a name is that of azscope for a column, and so asks for what stands there.
fn means_column(name: &str, spelled: &str) -> bool {
    let column = name::column(name, spelled);
    // Of some records this is a message and no operation.
    let is_operation = column == Some(Event::Operation) && spelled != "properties.message";
    is_operation || column.is_some_and(|own| own.spec().name == spelled)
}

/// Where records write what a field is called.
fn as_written(name: &str, spelled: &str) -> Vec<Place> {
    match spelled.strip_prefix("claims.") {
        Some(claim) => vec![Place::Claim(claim.to_owned())],
        None => of_path(name, spelled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(field: &Field) -> Vec<String> {
        let shown = |place: &Place| match place {
            Place::Path(names) => names.join("."),
            Place::Scalar(names) => format!("single {}", names.join(".")),
            other => format!("{other:?}"),
        };
        field.places.iter().map(shown).collect()
    }

    #[test]
    fn a_test_that_minds_case_looks_at_the_record_first() {
        let field = Field::resolve_as_written("resourceId");
        let expected = ["single resourceid", "single resource_id", "Column(ResourceId)"];
        assert_eq!(places(&field)[..3], expected);
        assert_eq!((field.first, field.has_answer()), (2, false));
        let own = Field::resolve_as_written("resource_id");
        assert_eq!(own, Field::resolve("resource_id"));
        let path = Field::resolve_as_written("properties.x");
        assert_eq!(path, Field::resolve("properties.x"));
        let claim = Field::resolve_as_written("claims.appid");
        assert_eq!(places(&claim), ["Claim(\"appid\")", "Principal(AppId)"]);
        assert_eq!(claim.first, 1);
    }

    #[test]
    fn what_may_be_blank_is_looked_for_in_the_record_where_the_column_has_nothing() {
        let field = Field::resolve_perhaps_blank("callerIpAddress");
        let all = places(&field);
        assert_eq!((field.first, all[0].as_str()), (1, "Column(ClientIp)"));
        for name in ["calleripaddress", "httprequest.clientipaddress"] {
            assert!(all.iter().any(|place| place == name), "{all:?}");
        }
        assert!(!field.has_answer());
        for name in ["operationName", "properties.x", "client_ip"] {
            assert_eq!(Field::resolve_perhaps_blank(name), Field::resolve(name), "{name}");
        }
    }
}
