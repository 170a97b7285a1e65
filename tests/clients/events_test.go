package clients

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

func TestEvents(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	p, err := c.CoreV1().Pods(ns).Create(ctx(t), pod("p"), metav1.CreateOptions{})
	must(t, err)
	core := record.NewBroadcaster()
	core.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: c.CoreV1().Events("")})
	recorder := core.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "test"})
	for range 3 {
		recorder.Event(p, "Normal", "Core", "Said by the old recorder")
	}
	eventually(t, "the core event is counted", func() (bool, error) {
		l, err := c.CoreV1().Events(ns).List(ctx(t), metav1.ListOptions{FieldSelector: "reason=Core,involvedObject.name=p,type=Normal,source=test,involvedObject.uid=" + string(p.UID)})
		must(t, err)
		return len(l.Items) == 1 && l.Items[0].Count == 3, fmt.Errorf("%+v", l.Items)
	})
	core.Shutdown()
	now := events.NewBroadcaster(&events.EventSinkImpl{Interface: c.EventsV1()})
	stop := make(chan struct{})
	defer close(stop)
	now.StartRecordingToSink(stop)
	r2 := now.NewRecorder(scheme.Scheme, "example.org/test")
	for range 3 {
		r2.Eventf(p, nil, "Warning", "New", "Testing", "Said by the new %s", "recorder")
		time.Sleep(50 * time.Millisecond)
	}
	eventually(t, "the new event has a series", func() (bool, error) {
		l, err := c.EventsV1().Events(ns).List(ctx(t), metav1.ListOptions{FieldSelector: "reason=New,regarding.name=p"})
		if err != nil {
			return false, err
		}
		return len(l.Items) == 1 && l.Items[0].Series != nil && l.Items[0].Series.Count >= 2, fmt.Errorf("%+v", l.Items)
	})
	l, err := c.CoreV1().Events(ns).List(ctx(t), metav1.ListOptions{FieldSelector: "reason=New,reportingComponent=example.org/test"})
	must(t, err)
	if len(l.Items) != 1 || l.Items[0].Message != "Said by the new recorder" || l.Items[0].InvolvedObject.Name != "p" {
		t.Errorf("%+v", l.Items)
	}
	_, err = c.EventsV1().Events(ns).Create(ctx(t), &eventsv1.Event{ObjectMeta: metav1.ObjectMeta{Name: "bad", Namespace: ns}}, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("an event without anything: %v", err)
	}
	o := runtime.Object(p)
	found, err := c.CoreV1().Events(ns).SearchWithContext(ctx(t), scheme.Scheme, o)
	must(t, err)
	if len(found.Items) < 2 {
		t.Errorf("found %d", len(found.Items))
	}
}
