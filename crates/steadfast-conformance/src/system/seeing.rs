//! Seeing: the live tree as a drawing and as JSON, and what a slow exit reports.

mod drawing;
mod json;
mod shape;

crate::suite::layer! {
    system_seeing_tests;
    shape system_seeing_shape_tests,
    drawing system_seeing_drawing_tests,
}
